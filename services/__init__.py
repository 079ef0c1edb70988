"""The four services. None imports another; they exchange messages on the bus."""
