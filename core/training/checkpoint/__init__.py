"""What a training writes: models for transformers (`export`) and states to resume from (`state`)."""
