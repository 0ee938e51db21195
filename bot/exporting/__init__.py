"""The results as files: one table a file, under pseudonyms, without a word that anybody wrote."""
