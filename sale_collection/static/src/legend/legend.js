import { registry } from "@web/core/registry";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";
import { PivotRenderer } from "@web/views/pivot/pivot_renderer";
import { pivotView } from "@web/views/pivot/pivot_view";

/**
 * What the measures on screen mean, in the words of their fields. Below a pivot or graph
 * with `js_class="collection_pivot"` or `"collection_graph"`.
 */
function describe(measures, names) {
    return names
        .map((name) => measures[name])
        .filter((measure) => measure && measure.help)
        .map(({ name, string, help }) => ({ name, string, help }));
}

class CollectionPivotRenderer extends PivotRenderer {
    static template = "sale_collection.PivotRenderer";

    get legend() {
        const { measures, activeMeasures } = this.model.metaData;
        return describe(measures, activeMeasures);
    }
}

class CollectionGraphRenderer extends GraphRenderer {
    static template = "sale_collection.GraphRenderer";

    get legend() {
        const { measures, measure } = this.model.metaData;
        return describe(measures, [measure]);
    }
}

const views = registry.category("views");
views.add("collection_pivot", { ...pivotView, Renderer: CollectionPivotRenderer });
views.add("collection_graph", { ...graphView, Renderer: CollectionGraphRenderer });
