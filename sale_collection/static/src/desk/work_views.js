import { registry } from "@web/core/registry";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";
import { CollectionFirstDay } from "./first_day";
import { CollectionProgress } from "./progress";

class WorkListRenderer extends ListRenderer {
    static template = "sale_collection.WorkListRenderer";
    static components = {
        ...ListRenderer.components,
        CollectionFirstDay,
        CollectionProgress,
    };
}

class WorkKanbanRenderer extends KanbanRenderer {
    static template = "sale_collection.WorkKanbanRenderer";
    static components = {
        ...KanbanRenderer.components,
        CollectionFirstDay,
        CollectionProgress,
    };
}

const views = registry.category("views");
views.add("collection_work_list", { ...listView, Renderer: WorkListRenderer });
views.add("collection_work_kanban", { ...kanbanView, Renderer: WorkKanbanRenderer });
