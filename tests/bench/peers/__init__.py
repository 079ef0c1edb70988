"""Others' ways of doing what we do, run beside us on the same simulator, or as far away as it is."""
