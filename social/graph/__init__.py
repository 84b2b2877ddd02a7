"""Our line to Meta. `GraphClient` speaks, `GraphError` and its kinds say what an answer proves."""

from social.graph.base import Answer, GraphConfig
from social.graph.batch import MOST_PARTS, Read
from social.graph.classify import ErrorInfo, classify, judge
from social.graph.client import Call, GraphClient
from social.graph.errors import GraphError, GraphRefused, GraphThrottled, GraphTokenDead, GraphUnknown
from social.graph.login import dialog_url
from social.graph.rules import Fix, Kind, Retry, Scope
from social.graph.transport import new_client
from social.graph.usage import Usage, read_usage

__all__ = [
    "MOST_PARTS",
    "Answer",
    "Call",
    "ErrorInfo",
    "Fix",
    "GraphClient",
    "GraphConfig",
    "GraphError",
    "GraphRefused",
    "GraphThrottled",
    "GraphTokenDead",
    "GraphUnknown",
    "Kind",
    "Read",
    "Retry",
    "Scope",
    "Usage",
    "classify",
    "dialog_url",
    "judge",
    "new_client",
    "read_usage",
]
