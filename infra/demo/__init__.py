"""The main job on real input: purchases flow through the deployed stack, and every cent is accounted for."""
