"""May a candidate take over from the version in use?"""
