"""What a competent person takes home: its code, the document, and the page where an employer checks it."""
