"""What holds between us and what is not ours."""
