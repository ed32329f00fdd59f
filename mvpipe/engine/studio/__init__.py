"""Sessions over the stages: the engine's only face."""
