"""The durable record of tasks: intent before, acceptance after, outcome last."""
