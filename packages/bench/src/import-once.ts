/** One import in a process of its own, whose memory can be measured: prints seconds and peak resident bytes as JSON. */
import { importMmsa } from '@interfuse/importers';

const [file, folder] = process.argv.slice(2) as [string, string];
const began = performance.now();
await importMmsa(file, folder, { textFeatures: true });
const seconds = (performance.now() - began) / 1000;
// Kilobytes, says getrusage(2) on Linux.
process.stdout.write(JSON.stringify({ seconds, peakBytes: process.resourceUsage().maxRSS * 1024 }));
