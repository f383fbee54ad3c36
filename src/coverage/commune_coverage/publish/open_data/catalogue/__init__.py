"""What a release holds, for catalogues: STAC and DCAT-AP. These files alone say a release's date and name."""
