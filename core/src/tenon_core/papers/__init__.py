"""Documents for paper: a record, a typst template, and a PDF that is the same each time.

What stands on a paper is read under the rights of whoever prints. It reaches the template as JSON,
where text is text and never markup; typst reads no file but the templates and fetches nothing.
"""
