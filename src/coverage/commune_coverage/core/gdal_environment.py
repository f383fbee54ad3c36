"""What GDAL may do: drivers by a white list, nothing over the network, no notes beside files.

A file decides which driver opens it, and some drivers open other files, servers or databases that the file names.
"""

from __future__ import annotations

import os

ALLOWED_DRIVERS = frozenset({
    # Rasters that are read and written; virtual ones are parsed before GDAL sees them.
    "AAIGrid", "COG", "GTiff", "HFA", "MEM", "Memory", "VRT",
    # Places, lines and areas.
    "ESRI Shapefile", "ESRIJSON", "FlatGeobuf", "GML", "GPKG", "GPX", "GeoJSON", "GeoJSONSeq", "KML", "LIBKML",
    "TopoJSON",
})  # fmt: skip
# GDAL knows a list of what to leave out alone: all names of its drivers, of versions 3.6 to 3.12, that are not allowed.
_LEFT_OUT = """
ACE2 ADBC ADRG AIG AIVector AMIGOCLOUD ARG AVCBin AVCE00 AVIF AirSAR Arrow BAG BASISU BIGGIF BLX BMP BSB BT BYN CAD
CALS CEOS COASP COSAR CPG CSV CSW CTG CTable2 Carto Cloudant CouchDB DAAS DERIVED DGN DGNV8 DIMAP DIPEx DODS DOQ1
DOQ2 DTED DWG DXF ECRGTOC ECW EDIGEO EEDA EEDAI EHdr EIR ELAS ENVI ERS ESAT ESRIC EXR Elasticsearch FAST FIT FITS
FileGDB FujiBAS GDALG GEOR GeoRaster GFF GIF GMLAS GMLJP2 GNMDatabase GNMFile GPSBabel GRASS GRASSASCIIGrid GRIB
GS7BG GSAG GSBG GSC GTFS GTI GTX GXF GenBin GeoRSS Geoconcept Geomedia HANA HDF4 HDF4Image HDF5 HDF5Image HEIF HF2
HTTP IDB IDRISI ILWIS INGR INGRES IRIS ISCE ISG ISIS2 ISIS3 JAXAPALSAR JDEM JML JP2ECW JP2KAK JP2Lura JP2MrSID
JP2OpenJPEG JPEG JPEG2000 JPEGLS JPEGXL JPIPKAK JSONFG KEA KMLSUPEROVERLAY KRO KTX2 L1B LAN LCP LIBERTIFF LOSLAS
LVBAG Leveller MAP MBTiles MFF MFF2 MG4Lidar MRF MSG MSGN MSSQLSpatial MVT MapML MiraMonRaster MiraMonVector
MongoDBv3 MrSID MySQL NAS NDF NGW NGSGEOID NITF NOAA_B NSIDCbin NTv1 NTv2 NWT_GRC NWT_GRD OAPIF OCI ODBC ODS OGCAPI
OGDI OGR_GMT OGR_PDS OGR_VRT OSM OZI OpenFileGDB PAux PCIDSK PCRaster PDF PDS PDS4 PGDUMP PGeo PLMOSAIC PLSCENES
PMTiles PNG PNM PRF Parquet PostGISRaster PostgreSQL R RASTERLITE RCM RDB RIK RMF ROI_PAC RPFTOC RRASTER RS2 RST
S102 S104 S111 S57 SAFE SAGA SAR_CEOS SDTS SEGUKOOA SEGY SENTINEL2 SGI SIGDEM SNAP_TIFF SNODAS SOSI SQLCipher SQLite
SRP SRTMHGT STACIT STACTA SUA SVG SXF Selafin TGA TIL TSX Terragen Tiger TileDB UK.NTF USGSDEM VDV VFK VICAR WAsP WCS
WEBP WFS WMS WMTS Walk XLS XLSX XODR XPM XTRA XYZ ZMap Zarr netCDF
"""
_OF_SEVERAL_WORDS = ("Interlis 1", "Interlis 2", "MapInfo File")
RASTER_DRIVERS = {".tif": "GTiff", ".tiff": "GTiff", ".img": "HFA", ".asc": "AAIGrid", ".vrt": "VRT"}
"""The driver that may open a raster with each ending."""
READING = {
    # Statistics and notes beside a raster can name other files and change what its values mean.
    "GDAL_PAM_ENABLED": "NO",
    "GML_DOWNLOAD_SCHEMA": "NO",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    # No file on the network has this ending, and others are not asked for.
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none-is-allowed",
}
"""Settings of GDAL under which a layer's files are read."""


def restrict_gdal() -> None:
    """Leave out all drivers but the allowed ones, in this process and those that it starts.

    GDAL reads this when it is loaded: commands, flows and workers call it first. A notebook keeps its drivers; there
    the drivers that may open a file, and the settings, are stated where each file is opened.
    """
    own = os.environ.get("GDAL_SKIP", "")
    stated = [name.strip() for name in (own.split(",") if "," in own else own.split())]
    names = [*stated, *_LEFT_OUT.split(), *_OF_SEVERAL_WORDS]
    os.environ["GDAL_SKIP"] = ",".join(dict.fromkeys(name for name in names if name))
    os.environ.update(READING)
    # Of each name that its version does not know GDAL would write a line where it is loaded; what goes wrong later
    # comes as an error of the call.
    os.environ.setdefault("CPL_LOG", os.devnull)
