"""Numbers of what was published, and of the channels, as Meta counts them.

metrics (what is asked, as data) -> plan (whose turn it is, public rows) -> collector (claims, threads, leases)
-> asking (Graph) -> reading (what an answer says) -> keeping (tables).
"""
