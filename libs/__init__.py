"""What the services share: our language (contracts), Microsoft's (graph), and nobody's (common)."""
