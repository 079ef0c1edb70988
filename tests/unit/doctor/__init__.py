"""The doctor's judgement, without anything to look at."""
