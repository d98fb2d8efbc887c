from tests.core.training.conftest import student

__all__ = ["student"]
