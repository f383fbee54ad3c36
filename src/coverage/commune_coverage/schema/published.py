"""The declarations of published tables that have no module of their own: points, scores, layers as they were read."""

from __future__ import annotations

from commune_coverage.schema.inputs import (
    CHALLENGES,
    COMMUNES,
    COVERAGE,
    KNOWN_COVERAGE,
    LAT,
    LON,
    POINTS,
    SPECTRUM,
    TECHNOLOGIES,
    Column,
    Table,
    bounded,
    people,
    share,
)

SYNTHETIC = Column("synthetic_layers", "text", "Input layers that are synthetic, not observed; empty when none.")
WITHHELD = Column("withheld", "text", "Confidential layers of which figures are left out of this row; empty for none.")
COMMUNE_OF_ROW = Column("commune_code", "text", "Code of the commune it stands in; empty outside all communes.")
_LEVEL = Column("level", "text", "Kind of area that is meant: nation, province, district or commune.")
_CODE = Column("code", "text", "Code of the area; empty for the nation.")
_USE = Column("use", "text", "Whether it is held against the model or has set its levels: validation or calibration.")

OPERATOR_COVERAGE = Table(
    "operator_coverage",
    "Share of people covered, by commune, operator, technology and place of the receiver.",
    (
        COMMUNES["commune_code"],
        Column("operator", "text", "Operator; 'any' for the best one."),
        Column("technology", "text", "2g, 3g, 4g or 5g.", values=TECHNOLOGIES),
        Column("where", "text", "Where the receiver is: outdoor, in_vehicle or indoor."),
        *bounded("covered_share", "Share of people with signal"),
        SYNTHETIC,
    ),
)
SITES = Table(
    "sites",
    "Sites, each once: what one operator has on one mast.",
    (
        Column("site", "integer", "Number of the site in this run."),
        Column("mast", "integer", "Number of the mast in this run, which sites of several operators may share."),
        Column("operator", "text", "Who runs it."),
        LON,
        LAT,
        Column(
            "position_sigma_m", "number", "Standard error of the position along an axis; none in a register.", "m", 0
        ),
        Column("cells", "integer", "Mobile cells of the site.", "cells", 0),
        Column("stations", "integer", "Base stations of the site as a crowd's cells number them.", "stations", 0),
        Column("samples", "number", "Crowd measurements behind those cells.", "measurements", 0),
        Column("technologies", "text", "Technologies of those cells."),
        Column("azimuths_deg", "text", "Azimuths of those cells, parted by spaces; '' where none is known.", "degrees"),
        Column("is_home", "flag", "Whether its operator serves this country."),
        COMMUNE_OF_ROW,
        SYNTHETIC,
    ),
)
_POINT = (
    *(POINTS[name] for name in ("point_id", "point_name", "operator", "class", "capacity", "opening", "confidence")),
    *(POINTS[name] for name in ("status", "last_seen")),
    Column("is_active", "flag", "Whether it works, by its status and the day when it was last seen to."),
    Column("is_open", "flag", "Whether it is open when the country file asks for it, or states no hours."),
    Column("open_hours_per_week", "number", "Hours a week of its stated opening.", "h/week", 0, 168),
    Column("files", "integer", "Files that name the point.", minimum=1),
    LON,
    LAT,
)
HUBS = Table(
    "hubs",
    "Logistics hubs, each once.",
    (
        *_POINT,
        Column("tier", "text", "What the hub does: gateway, sorting, branch or pickup."),
        Column("is_stated", "flag", "Whether its capacity is stated and not assumed."),
        *(
            Column(
                f"load_{season}_share", "number", f"Parcels that it gets, of its capacity, {season} season.", "share"
            )
            for season in ("dry", "wet")
        ),
        COMMUNE_OF_ROW,
        SYNTHETIC,
    ),
)
PAYMENTS = Table("payments", "Payment points, each once.", (*_POINT, COMMUNE_OF_ROW, SYNTHETIC))

AGREEMENT = Table(
    "agreement",
    "The model against speed and drive tests, by environment.",
    (
        Column("environment", "text", "Class of settlement that the tests were made in."),
        Column("quantity", "text", "What was measured: power or speed."),
        Column("places", "integer", "Places with tests.", "places", 0),
        Column("tests", "number", "Tests in them.", "tests", 0),
        Column("bias_db", "number", "Robust mean of measured less modelled.", "dB"),
        Column("spread_db", "number", "Robust standard deviation of it, from its 10th and 90th percentile.", "dB", 0),
    ),
)
KNOWN_FIGURES = Table(
    "known_figures",
    "Published coverage beside its estimates.",
    (
        _LEVEL,
        _CODE,
        *(KNOWN_COVERAGE[name] for name in ("operator", "technology", "measure", "date", "published_by")),
        _USE,
        people("people", "People of the area."),
        share("known_share", "What was published."),
        KNOWN_COVERAGE["tolerance_share"],
        share("model_share", "What the model says."),
        share("disc_share", "What one radius around all masts says, fitted to the national share."),
        share("log_distance_share", "What a log-distance law says, fitted to the same share."),
        share("withheld_share", "What the model says with this figure withheld from calibration."),
        Column("note", "text", "Why an estimate is empty."),
    ),
)
SCOREBOARD = Table(
    "scoreboard",
    "Scores of the model and of simpler predictors against what is known.",
    (
        Column("quantity", "text", "What is scored: coverage, power or speed."),
        Column("unit", "text", "Of the errors: share or dB."),
        Column("level", "text", "Kind of area, or test."),
        *(KNOWN_COVERAGE[name] for name in ("operator", "technology", "date")),
        Column("use", "text", "validation, calibration, or withheld: predicted without the figure itself."),
        Column("predictor", "text", "Who predicts: model, disc or log_distance."),
        Column("units", "integer", "Areas or places that are compared.", minimum=0),
        Column("weight", "number", "People or tests in them.", minimum=0),
        Column("mean_error", "number", "Weighted mean of predicted less known."),
        Column("mean_absolute_error", "number", "Weighted mean of its size.", minimum=0),
        Column("rms_error", "number", "Weighted root of its mean square.", minimum=0),
        Column("correlation", "number", "Weighted correlation of predicted and known.", minimum=-1, maximum=1),
        Column("skill_over_disc", "number", "1 less the ratio of its root mean square error to the disc's.", maximum=1),
    ),
)
QUARANTINE = Table(
    "quarantine",
    "Rows of the inputs that were set aside, and why.",
    (
        Column("layer", "text", "Layer, or a part of it."),
        Column("file", "text", "Name of the file."),
        Column("line", "integer", "Line, or number of the feature, in the file."),
        Column("reason_code", "text", "Reason, in one word."),
        Column("reason", "text", "Reason."),
        Column("detail", "text", "What stood there."),
        SYNTHETIC,
    ),
)
CHANGES = Table(
    "changes",
    "Parts of what changed since the run that was shown before, by commune, figure and cause.",
    (
        COMMUNES["commune_code"],
        Column("figure", "text", "Gap that changed."),
        Column("cause", "text", "Input, setting or version that is to blame."),
        Column("change_people", "number", "People more, or fewer, in the gap; parts add up to the change.", "people"),
    ),
)
_DECLARATIONS = (
    Column("number", "integer", "Number of the declaration."),
    Column("file_number", "integer", "Number of its file."),
    Column("file", "text", "Name of the file."),
    Column("kind", "text", "What the file holds, such as polygons, a raster or points."),
    Column("crs", "text", "Reference system of polygons."),
    *COVERAGE.columns,
    Column("features", "integer", "Features that declare it.", minimum=0),
)
DECLARATIONS = Table("coverage", "What each file of declared coverage declares.", _DECLARATIONS)
FIXED_DECLARATIONS = Table(
    "fixed",
    "What each file of fixed lines states.",
    tuple(column for column in _DECLARATIONS if column.name not in ("environment", "date")),
)
KNOWN_ROWS = Table(KNOWN_COVERAGE.name, KNOWN_COVERAGE.sentence, (_LEVEL, *KNOWN_COVERAGE.columns))
HOLDINGS = Table(
    SPECTRUM.name,
    SPECTRUM.sentence,
    (
        _LEVEL,
        *SPECTRUM.columns,
        Column("low_mhz", "number", "Lower end of the band.", "MHz", 0),
        Column("high_mhz", "number", "Upper end of the band.", "MHz", 0),
        Column("is_in_force", "flag", "Whether it is held on the day of the run."),
    ),
)
PUBLISHED = {
    table.name: table
    for table in (
        OPERATOR_COVERAGE, SITES, HUBS, PAYMENTS, AGREEMENT, KNOWN_FIGURES, SCOREBOARD, QUARANTINE, CHANGES,
        CHALLENGES, DECLARATIONS, FIXED_DECLARATIONS, KNOWN_ROWS, HOLDINGS,
    )
}  # fmt: skip
"""By the name of the file; a file may lack columns, and has its own order."""
