namespace PeerProxy.Agent.Cookies;

/// <summary>Dates in cookies (RFC 6265bis section 5.1.1): tokens in any order, almost any separators.</summary>
public static class CookieDate
{
    private const string Months = "janfebmaraprmayjunjulaugsepoctnovdec";

    public static DateTimeOffset? Parse(ReadOnlySpan<char> text)
    {
        int? hour = null, minute = null, second = null, day = null, month = null, year = null;
        while (!text.IsEmpty)
        {
            var start = 0;
            while (start < text.Length && IsDelimiter(text[start]))
            {
                start++;
            }

            var end = start;
            while (end < text.Length && !IsDelimiter(text[end]))
            {
                end++;
            }

            var token = text[start..end];
            text = text[end..];
            if (token.IsEmpty)
            {
                break;
            }

            if (hour is null && TryReadTime(token, out var time))
            {
                (hour, minute, second) = time;
            }
            else if (day is null && TryReadNumber(token, 1, 2, out var number))
            {
                day = number;
            }
            else if (month is null && token.Length >= 3 && MonthOf(token[..3]) is { } found)
            {
                month = found;
            }
            else if (year is null && TryReadNumber(token, 2, 4, out number))
            {
                year = number switch { >= 70 and <= 99 => number + 1900, >= 0 and <= 69 => number + 2000, _ => number };
            }
        }

        if (day is not (>= 1 and <= 31) || month is null || year is not (>= 1601 and <= 9999) || hour is not <= 23 || minute > 59 || second > 59
            || day > DateTime.DaysInMonth(year.Value, month.Value))
        {
            return null;
        }

        return new DateTimeOffset(year.Value, month.Value, day.Value, hour.Value, minute!.Value, second!.Value, TimeSpan.Zero);
    }

    private static bool IsDelimiter(char character) =>
        character is '\t' or (>= '\x20' and <= '\x2F') or (>= '\x3B' and <= '\x40') or (>= '\x5B' and <= '\x60') or (>= '\x7B' and <= '\x7E');

    private static int? MonthOf(ReadOnlySpan<char> name)
    {
        for (var i = 0; i < 12; i++)
        {
            if (name.Equals(Months.AsSpan(i * 3, 3), StringComparison.OrdinalIgnoreCase))
            {
                return i + 1;
            }
        }

        return null;
    }

    /// <summary>hh:mm:ss, each of one or two digits; what follows a non-digit is ignored.</summary>
    private static bool TryReadTime(ReadOnlySpan<char> token, out (int, int, int) time)
    {
        time = default;
        Span<int> fields = stackalloc int[3];
        for (var i = 0; i < 3; i++)
        {
            var length = i < 2 ? token.IndexOf(':') : DigitCount(token);
            if (length < 1 || !TryReadNumber(token[..length], 1, 2, out fields[i]))
            {
                return false;
            }

            token = token[(i < 2 ? length + 1 : length)..];
        }

        time = (fields[0], fields[1], fields[2]);
        return true;
    }

    private static bool TryReadNumber(ReadOnlySpan<char> token, int minimumDigits, int maximumDigits, out int number)
    {
        number = 0;
        var digits = DigitCount(token);
        if (digits < minimumDigits || digits > maximumDigits)
        {
            return false;
        }

        foreach (var digit in token[..digits])
        {
            number = number * 10 + digit - '0';
        }

        return true;
    }

    private static int DigitCount(ReadOnlySpan<char> token)
    {
        var other = token.IndexOfAnyExceptInRange('0', '9');
        return other < 0 ? token.Length : other;
    }
}
