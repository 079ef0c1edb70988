"""What every bus promises, asked of each adapter."""
