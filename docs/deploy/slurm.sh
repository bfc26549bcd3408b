#!/bin/bash
# sbatch slurm.sh: one worker on each of two nodes, and again from the checkpoint when
# the time is over. The workers find each other by what srun tells them.
#SBATCH --job-name=vae
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --time=04:00:00
#SBATCH --signal=TERM@60
#SBATCH --requeue

run=$SCRATCH/runs/vae
resume=$(test -e "$run/config.json" && echo --resume)
srun --kill-on-bad-exit=1 genkeras train vae_binarized_mnist --strategy multiworker \
  --workdir "$run" --checkpoint-minutes 10 $resume
