"""Where frames come from: pictures, folders, video files, webcams, cameras on the network."""
