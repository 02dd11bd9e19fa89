namespace PeerProxy.WebRtc.Hosting;

/// <summary>Something with one deadline in a <see cref="DeadlineHeap{T}"/>.</summary>
internal interface IHasDeadline
{
    /// <summary>Owned by the heap; -1 while outside.</summary>
    int HeapIndex { get; set; }

    Timestamp Deadline { get; set; }
}

/// <summary>A binary heap that knows where each member stands, so that moving a deadline is cheap.</summary>
internal sealed class DeadlineHeap<T>
    where T : class, IHasDeadline
{
    private readonly List<T> _items = [];

    public Timestamp Next => _items.Count == 0 ? Timestamp.Never : _items[0].Deadline;

    public void Set(T item, Timestamp deadline)
    {
        if (item.HeapIndex < 0)
        {
            item.HeapIndex = _items.Count;
            _items.Add(item);
        }
        else if (item.Deadline == deadline)
        {
            return;
        }

        item.Deadline = deadline;
        SiftUp(item);
        SiftDown(item);
    }

    public void Remove(T item)
    {
        var index = item.HeapIndex;
        if (index < 0)
        {
            return;
        }

        var last = _items[^1];
        _items.RemoveAt(_items.Count - 1);
        item.HeapIndex = -1;
        if (last != item)
        {
            Place(last, index);
            SiftUp(last);
            SiftDown(last);
        }
    }

    /// <summary>The member whose deadline is over and earliest; it stays until its deadline is set anew.</summary>
    public bool TryPeekDue(Timestamp now, out T item)
    {
        item = _items.Count > 0 ? _items[0] : null!;
        return item is not null && item.Deadline <= now;
    }

    private void SiftUp(T item)
    {
        while (item.HeapIndex > 0)
        {
            var parent = (item.HeapIndex - 1) / 2;
            if (_items[parent].Deadline <= item.Deadline)
            {
                return;
            }

            Swap(parent, item.HeapIndex);
        }
    }

    private void SiftDown(T item)
    {
        while (true)
        {
            var child = (item.HeapIndex * 2) + 1;
            if (child >= _items.Count)
            {
                return;
            }

            if (child + 1 < _items.Count && _items[child + 1].Deadline < _items[child].Deadline)
            {
                child++;
            }

            if (item.Deadline <= _items[child].Deadline)
            {
                return;
            }

            Swap(child, item.HeapIndex);
        }
    }

    private void Swap(int first, int second)
    {
        var item = _items[first];
        Place(_items[second], first);
        Place(item, second);
    }

    private void Place(T item, int index)
    {
        _items[index] = item;
        item.HeapIndex = index;
    }
}
