"""The data frames behind the charts and tables of the notebooks: model calls in, rows out.

They stand in a module a page.
"""
