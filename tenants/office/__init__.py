"""The staff's back office at /admin/: Django's admin behind two-factor sign-in, every change through the
services.
"""
