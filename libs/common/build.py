"""What is running: the version, and the commit it was built from where that is known."""

from prometheus_client import Gauge

VERSION = "0.1.0"

BUILD = Gauge("roomsync_build_info", "Always 1; the labels say what is running", ["version", "commit"])


def tell_build(commit: str | None) -> None:
    """Show in the metrics what is running."""
    BUILD.labels(VERSION, commit or "unknown").set(1)
