"""The pretend Meta and OpenAI: a separate process that the product reaches over HTTP only.

It imports nothing of the product and the product imports nothing of it. Start it with ``python -m sandbox
--port 8900 --data .local/sandbox``; see ``sandbox/README.md`` for its control API.
"""
