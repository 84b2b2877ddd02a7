"""What can be done with connections and channels. Each verb is one call, with `by=` and `now=`."""

from social.services.channels import (
    Connected,
    connect_channels,
    disconnect_channel,
    pause_channel,
    resume_channel,
)
from social.services.checking import check_connection
from social.services.connecting import ConnectFailed, Finished, cancel_connect, finish_connect, start_connect
from social.services.forgetting import deauthorize, delete_person, go_on_deleting
from social.services.leaving import leave_restaurant
from social.tokens import (
    ask_for_check,
    channel_client,
    connection_client,
    mark_channel,
    mark_connection,
    mark_token_dead,
)

__all__ = [
    "ConnectFailed",
    "Connected",
    "Finished",
    "ask_for_check",
    "cancel_connect",
    "channel_client",
    "check_connection",
    "connect_channels",
    "connection_client",
    "deauthorize",
    "delete_person",
    "disconnect_channel",
    "finish_connect",
    "go_on_deleting",
    "leave_restaurant",
    "mark_channel",
    "mark_connection",
    "mark_token_dead",
    "pause_channel",
    "resume_channel",
    "start_connect",
]
