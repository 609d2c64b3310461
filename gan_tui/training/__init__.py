"""The trainer: engine, loop, sampler, checkpoints, telemetry, and the process that owns a run."""
