"""Sign in with Facebook, in place of allauth's own provider app, whose exchange puts the app secret into a
GET URL, whose token login takes tokens from the browser, and whose callback address follows the Host header.

Connecting Pages is another flow, bound to a restaurant, in the social room.
"""
