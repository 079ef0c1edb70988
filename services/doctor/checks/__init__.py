"""What is looked at, one module per subject. `judge_*` are pure: what was seen goes in, findings come out."""
