"""Files on object storage (S3 and its like) through fsspec: what a server does wrong is tried again, then said.

A missing object, or one that may not be read, is that object's problem. A server that stays away, or refuses the
credentials, is everybody's: it ends the run, so that it does not turn a million files into skipped ones.
"""
