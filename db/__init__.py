"""What is kept: tables, the door to the database, keys, migrations, content and backups."""
