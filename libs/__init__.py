"""What the services share: our messages and values (contracts), Microsoft Graph (graph), and the rest (common)."""
