from tests.posting.conftest import kitchen, meta

__all__ = ["kitchen", "meta"]
