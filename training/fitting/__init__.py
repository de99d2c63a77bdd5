"""From pictures to a network, and from remembered embeddings to its last layer."""
