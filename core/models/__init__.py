"""Tables. Rows never leave core: store functions turn them into domain types."""

from core.models import admins, archive, questions, readers
from core.models.base import Base

__all__ = ["Base", "admins", "archive", "questions", "readers"]
