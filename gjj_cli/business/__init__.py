"""What a 业务 is: names, the declaration, shared columns, and one file a business."""
