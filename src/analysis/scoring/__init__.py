"""What is each unit's score, rank and tier, and how sure is it?"""
