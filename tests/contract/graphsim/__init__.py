"""The simulator, driven over HTTPS as a process: by Microsoft's own clients, and against the public schema."""
