/** The twelve columns of the face: action units of the Facial Action Coding System (Ekman and Friesen 1978). */

export const faceColumns = [
  'AU1',
  'AU2',
  'AU4',
  'AU5',
  'AU6',
  'AU7',
  'AU12-left',
  'AU12-right',
  'AU14',
  'AU15',
  'AU25',
  'AU45',
] as const;

export type FaceColumn = (typeof faceColumns)[number];
