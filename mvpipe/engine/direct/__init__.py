"""Prompts in, a timeline out: seeded, pure, honest about what it cannot do."""
