"""Administration: who works here, what each may do, and how the site is."""
