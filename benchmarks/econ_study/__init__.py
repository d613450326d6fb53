"""The autoencoder of a detector front end beside compression without a network: quality, size, agreement, page."""
