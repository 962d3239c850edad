"""The numbers in this folder: small decoders with random weights, and what Hugging Face transformers computes of them.

    pip install torch transformers==5.18.0
    python generate.py <folder>

Nothing in the project runs this; it says where the numbers come from.
"""

import json
import os
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

out = sys.argv[1]
torch.set_num_threads(1)
texts, length, spread = 2, 14, 0.15


def draw_weights(model, model_type):
    """Larger than fresh ones, so that soft caps bend and attention is sharp; norms near one (Gemma adds one itself)."""
    for name, weight in model.named_parameters():
        is_norm = weight.dim() == 1 and ("norm" in name or "ln_" in name) and name.endswith("weight")
        noise = torch.randn_like(weight)
        weight.data.copy_(1 + 0.2 * noise if is_norm and model_type != "gemma2" else spread * noise)
    model.tie_weights()


def inputs_of(model, words):
    """What enters the blocks in place of words, and where the output of the last block will be found. OPT's words may be
    narrower than its blocks: then the gradient is that of the widened words, and the last state is the one not yet narrowed."""
    decoder = getattr(getattr(model, "model", None), "decoder", None)
    if getattr(decoder, "project_in", None) is None:
        return words.requires_grad_(True), {}
    kept = {}
    widened = decoder.project_in(words).detach().requires_grad_(True)
    narrow = decoder.project_out

    class Narrow(torch.nn.Module):
        def forward(self, x):
            kept["last"] = x
            return narrow(x)

    decoder.project_in, decoder.project_out = torch.nn.Identity(), Narrow()
    return widened, kept


def make(name, model_type, as_v4=None, **fields):
    torch.manual_seed(0)
    config = AutoConfig.for_model(model_type, **fields)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    draw_weights(model, model_type)
    folder = os.path.join(out, name)
    model.save_pretrained(folder)
    if os.path.exists(os.path.join(folder, "generation_config.json")):
        os.remove(os.path.join(folder, "generation_config.json"))

    tokens = torch.randint(0, config.vocab_size, (texts, length), generator=torch.Generator().manual_seed(1))
    mask = torch.ones(texts, length, dtype=torch.long)
    mask[1, length - 4 :] = 0
    labels = tokens.masked_fill(mask == 0, -100)
    given, kept = inputs_of(model, model.get_input_embeddings()(tokens).detach())
    result = model(inputs_embeds=given, attention_mask=mask, labels=labels, output_hidden_states=True)
    result.loss.backward()
    states = [*result.hidden_states[:-1], kept.get("last", result.hidden_states[-1])]
    golden = {
        "input_ids": tokens,
        "attention_mask": mask,
        "hidden_states": torch.stack([state.detach() for state in states]),
        "logits": result.logits.detach().contiguous(),
        "loss": result.loss.detach(),
        "grad_embeddings": given.grad.contiguous(),
    }
    save_file(golden, os.path.join(folder, "golden.safetensors"))
    if as_v4:
        path = os.path.join(folder, "config.json")
        written = json.load(open(path))
        as_v4(written)
        json.dump(written, open(path, "w"), indent=2, sort_keys=True)


def rope_v4(config):
    """As transformers 4 writes it: the base and the share at the top, the rest in rope_scaling."""
    rope = config.pop("rope_parameters")
    kind = rope.pop("rope_type")
    for field in ("rope_theta", "partial_rotary_factor"):
        if field in rope:
            config[field] = rope.pop(field)
    config["rope_scaling"] = None if kind == "default" else {"type": kind, **rope}


def neox_v4(config):
    rope = config.pop("rope_parameters")
    config["rotary_emb_base"], config["rotary_pct"] = rope["rope_theta"], rope["partial_rotary_factor"]


def rope(kind="default", theta=10000.0, **more):
    return dict(rope_theta=theta, rope_type=kind, **more)


base = dict(vocab_size=31, num_hidden_layers=2, hidden_size=36, intermediate_size=50, max_position_embeddings=64)
heads = dict(**base, num_attention_heads=6)
gpt2 = dict(vocab_size=31, n_layer=2, n_embd=35, n_head=5, n_inner=50, n_positions=40)
opt = dict(vocab_size=31, num_hidden_layers=2, hidden_size=35, ffn_dim=50, num_attention_heads=5, max_position_embeddings=40)
phi = {**base, "hidden_size": 48, "num_attention_heads": 4, "pad_token_id": 0}
llama3 = rope("llama3", 5000.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16)
long = rope(
    "longrope",
    short_factor=[1.0, 1.1, 1.3, 1.7, 2.0, 2.5],
    long_factor=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
)

make("llama-biases", "llama", **heads, num_key_value_heads=1, attention_bias=True, mlp_bias=True, head_dim=10, hidden_act="gelu")
make("llama-linear", "llama", rope_v4, **heads, num_key_value_heads=2, rope_parameters=rope("linear", factor=2.5))
make("llama-llama3-v4", "llama", rope_v4, **heads, head_dim=12, num_key_value_heads=3, tie_word_embeddings=True, rope_parameters=llama3)
make("llama-yarn", "llama", **{**heads, "max_position_embeddings": 256}, num_key_value_heads=3, head_dim=16, rope_parameters=rope("yarn", factor=4.0, original_max_position_embeddings=64))
make("mistral-window", "mistral", **heads, num_key_value_heads=1, head_dim=14, sliding_window=3)
make("qwen2-upper", "qwen2", **heads, num_key_value_heads=2, use_sliding_window=True, sliding_window=5, max_window_layers=1)
make("qwen3-types", "qwen3", **heads, num_key_value_heads=3, head_dim=12, attention_bias=True, use_sliding_window=True, sliding_window=4, layer_types=["sliding_attention", "full_attention"], rope_parameters=rope(theta=1e6))
make("gemma2-caps", "gemma2", **heads, num_key_value_heads=2, head_dim=20, query_pre_attn_scalar=7, attn_logit_softcapping=2.0, final_logit_softcapping=3.0, sliding_window=3, attention_bias=True, tie_word_embeddings=False)
make("gemma2-no-caps", "gemma2", rope_v4, **heads, num_key_value_heads=6, head_dim=8, query_pre_attn_scalar=24, attn_logit_softcapping=None, final_logit_softcapping=None, sliding_window=6, layer_types=["full_attention", "sliding_attention"], hidden_activation="gelu")
make("gpt_neox-odd", "gpt_neox", neox_v4, **base, num_attention_heads=3, attention_bias=False, tie_word_embeddings=True, hidden_act="gelu_new", rope_parameters=rope(theta=1000.0, partial_rotary_factor=0.25))
make("gpt_neox-whole", "gpt_neox", **base, num_attention_heads=6, use_parallel_residual=False, rope_parameters=rope("linear", factor=3.0, partial_rotary_factor=1.0))
make("gpt2-scaled", "gpt2", **gpt2, activation_function="relu", scale_attn_by_inverse_layer_idx=True, tie_word_embeddings=False)
make("opt-after", "opt", **opt, do_layer_norm_before=False, word_embed_proj_dim=20)
make("opt-bare", "opt", **opt, enable_bias=False, layer_norm_elementwise_affine=False, _remove_final_layer_norm=True)
make("phi3-window", "phi3", **phi, num_key_value_heads=2, original_max_position_embeddings=64, sliding_window=5, rope_parameters=rope(partial_rotary_factor=0.7), tie_word_embeddings=True, resid_pdrop=0.1)
make("phi3-longrope", "phi3", rope_v4, **{**phi, "max_position_embeddings": 256}, num_key_value_heads=1, original_max_position_embeddings=32, rope_parameters=long)
