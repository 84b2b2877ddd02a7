"""The demo: two restaurants with people, menu, photos and channels in the sandbox. Development only."""
