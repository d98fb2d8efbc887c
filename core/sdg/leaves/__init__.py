"""What data is generated from: leaves with their documents."""
