"""Who may do what with which record, as conditions that the database applies."""
