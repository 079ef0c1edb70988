"""What every test may ask for: real servers, a database of its own, and the simulated Microsoft 365."""

pytest_plugins = ["tests.support.servers", "tests.support.simulator"]
