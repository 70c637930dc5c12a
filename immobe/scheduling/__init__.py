"""What is to be done regularly: the jobs, declared once, and what became of each."""
