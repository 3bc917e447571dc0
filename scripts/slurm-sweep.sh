#!/usr/bin/env bash
#SBATCH --job-name=kindling-sweep
#SBATCH --array=0-7
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=kindling-sweep-%A-%a.log
# One shard of a sweep for each task of a Slurm array, all below the folder OUT, which every node must see. From the clone:
#   OUT=runs/big sbatch scripts/slurm-sweep.sh --experiment count --seeds 10
#   sbatch --dependency=afterok:<job> --wrap 'npx kindling merge runs/big --out runs/big'
# Slurm's own options (--array=0-15%4, --gres=gpu:1, --time) stand before the script's name and win over those above.
# A task that was killed, timed out or requeued goes on after its last finished trial: submit the same line again. To submit some
# tasks alone, say of how many they are: SHARDS=8 OUT=runs/big sbatch --array=3,5 scripts/slurm-sweep.sh …
set -euo pipefail
: "${SLURM_ARRAY_TASK_ID:?run this with sbatch, which numbers the tasks}"
: "${OUT:?set OUT to the folder of the sweep}"
# KINDLING may hold several words.
read -ra kindling <<< "${KINDLING:-npx kindling}"
# exec, so that Slurm's signal before a time limit reaches the sweep.
exec "${kindling[@]}" sweep "$@" --shard "$SLURM_ARRAY_TASK_ID/${SHARDS:-$((SLURM_ARRAY_TASK_MAX + 1))}" --out "$OUT"
