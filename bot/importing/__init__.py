"""Lists that staff keep in a spreadsheet, taken in: read row by row, checked whole, stored at once or not at all."""
