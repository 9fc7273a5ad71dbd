"""How fast everything is, beside other libraries in the same run; see README.md."""
